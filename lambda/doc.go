// Package lambda serves an http.Handler on AWS Lambda.
//
//	lambda.Start(postern.CORS(app)(app.Middleware(mux)))
//
// It reads the events of API Gateway (REST APIs, and HTTP APIs in both payload
// formats), of function URLs and of Application Load Balancers, and answers
// each in its form. The handler sees an ordinary request:
//
//   - its path is the one that routes match on, without the stage and without
//     the mapping of a custom domain. Tell the app what was cut off:
//     postern.AppInfo.APIGatewayPath;
//   - its RemoteAddr is the client as the gateway saw it, and not what a client
//     can write into a header;
//   - its context ends a little before Lambda would end the process.
//
// A panic is a 500, and the process lives on. Answers that the gateway cannot
// carry are a 500 and a line in the log: more than 6 MB, or several cookies by
// a load balancer without multi-value headers. Nothing is streamed.
//
// Events that are no requests go to [Config].Event, those of authorizers to an
// [Authorizer].
package lambda
