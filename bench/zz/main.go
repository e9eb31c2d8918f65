package main
import ("fmt";"os";"strings";"sync";"time";"runtime/debug";"golang.org/x/crypto/argon2")
func rss() string { b,_:=os.ReadFile("/proc/self/status"); _,r,_:=strings.Cut(string(b),"VmRSS:"); return strings.TrimSpace(strings.SplitN(r,"\n",2)[0]) }
func main(){ fmt.Println("start",rss()); var wg sync.WaitGroup
 for range 2 { wg.Go(func(){ for range 40 { argon2.IDKey([]byte("x"),make([]byte,16),2,19456,1,32)}})}
 wg.Wait(); fmt.Println("after hashes",rss()); time.Sleep(5*time.Second); fmt.Println("5s later",rss()); t:=time.Now(); debug.FreeOSMemory(); fmt.Println("FreeOSMemory",rss(),time.Since(t)) }
