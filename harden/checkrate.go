package harden

import (
	"fmt"
	"slices"
	"time"
)

func (f *findings) rate(r Rate) {
	names := map[string]bool{}
	for i, class := range r.Classes {
		field := at("Rate.Classes", i)
		f.when(!plainName(class.Name), field+".Name", "write a name of letters, digits, - and _: it stands in headers and metrics")
		f.when(names[class.Name], field+".Name", fmt.Sprintf("%q stands twice: the classes would share their counts", class.Name))
		names[class.Name] = true
		f.prefixes(field+".Prefixes", class.Prefixes)
		for j, method := range class.Methods {
			f.when(!allToken([]byte(method)), at(field+".Methods", j), "write a method, as POST")
		}
		f.quota(field+".Client", class.Client)
		f.quota(field+".User", class.User)
		f.when(class.Client == Quota{} && class.User == Quota{}, field, "it limits nobody: give Client or User a quota")
	}
	f.quota("Rate.Preflight", r.Preflight)
	f.when(!slices.Contains([]string{"", "local", "open", "closed"}, r.OnFailure), "Rate.OnFailure", "write local, open or closed")
}

// quota checks one quota; the zero one is none.
func (f *findings) quota(field string, q Quota) {
	if q == (Quota{}) {
		return
	}
	f.when(q.Requests <= 0, field+".Requests", "write how many requests are allowed in the window")
	f.when(q.Window < time.Second, field+".Window", "write a window of a second or more: headers speak of whole seconds")
}

func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !digit(c) && (c|0x20 < 'a' || 'z' < c|0x20) && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}
