package setting

import (
	"strings"
	"testing"
)

// TestSettingNames holds that no name is listed twice, so that what is said of
// a setting is true.
func TestSettingNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range settings() {
		if _, idle := idleSettings()[s.name]; idle || seen[s.name] || isBaseSetting(s.name) {
			t.Errorf("%s is in two lists", s.name)
		}
		if !strings.Contains(s.mistake, "must be") {
			t.Errorf("%s: %q is no sentence", s.name, s.mistake)
		}
		seen[s.name] = true
	}
	for name := range idleSettings() {
		if isBaseSetting(name) {
			t.Errorf("%s is in two lists", name)
		}
	}
}
