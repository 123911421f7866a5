package environ

import (
	"regexp"
	"strings"
)

var (
	jsDirect = regexp.MustCompile(`\bprocess\.env(?:\.|\?\.)([A-Za-z_]\w*)|\bprocess\.env(?:\?\.)?\[\s*(['"` + "`" + `])([A-Za-z_]\w*)['"` + "`" + `]\s*\]`)
	jsTaken  = regexp.MustCompile(`(?s)(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*process\.env\b`)
	jsLookup = regexp.MustCompile(`\bprocess\.env(?:\?\.)?\[\s*([A-Za-z_$][\w$]*)\s*\]`)
	// A whole environment handed to a validator (envalid, zod, joi): the names are
	// the keys of the schema in the same file.
	jsWhole   = regexp.MustCompile(`(?:\(|,|\.\.\.)\s*process\.env\s*[,)}]`)
	jsKey     = regexp.MustCompile(`(?m)^\s*['"]?([A-Z][A-Z0-9_]+)['"]?\s*:`)
	jsHelper  = regexp.MustCompile(`(?:function\s+([A-Za-z_$][\w$]*)\s*\(|(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:function\s*)?\(?\s*)([A-Za-z_$][\w$]*)`)
	jsComment = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)(^|[\s;{}(),])//[^\n]*`)
)

// javascript reads a file of JavaScript or TypeScript. It knows no grammar: it
// looks for the few ways in which process.env is read.
func (s *scan) javascript(file, src string) {
	src = jsComment.ReplaceAllStringFunc(src, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
	lineOf := func(at int) int { return 1 + strings.Count(src[:at], "\n") }
	for _, m := range jsDirect.FindAllStringSubmatchIndex(src, -1) {
		if m[2] >= 0 {
			s.add(src[m[2]:m[3]], file, lineOf(m[0]))
		} else {
			s.add(src[m[6]:m[7]], file, lineOf(m[0]))
		}
	}
	for _, m := range jsTaken.FindAllStringSubmatchIndex(src, -1) {
		for part := range strings.SplitSeq(src[m[2]:m[3]], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), ":")
			name, _, _ = strings.Cut(name, "=")
			s.add(strings.TrimSpace(name), file, lineOf(m[0]))
		}
	}
	for _, m := range jsLookup.FindAllStringSubmatchIndex(src, -1) {
		s.helper(file, src, m[0], src[m[2]:m[3]])
	}
	for _, m := range jsWhole.FindAllStringIndex(src, -1) {
		keys := jsKey.FindAllStringSubmatchIndex(src, -1)
		for _, k := range keys {
			s.add(src[k[2]:k[3]], file, lineOf(k[2]))
		}
		if len(keys) == 0 {
			s.addDynamic(file, lineOf(m[0]))
		}
	}
}

// helper finds the function whose first parameter is the name looked up at a
// place, and every name that the same file hands to it.
func (s *scan) helper(file, src string, at int, parameter string) {
	lineOf := func(at int) int { return 1 + strings.Count(src[:at], "\n") }
	function := ""
	for _, m := range jsHelper.FindAllStringSubmatchIndex(src[:at], -1) {
		if src[m[6]:m[7]] != parameter {
			continue
		}
		if m[2] >= 0 {
			function = src[m[2]:m[3]]
		} else {
			function = src[m[4]:m[5]]
		}
	}
	if function == "" {
		s.addDynamic(file, lineOf(at))
		return
	}
	calls := regexp.MustCompile(`\b`+regexp.QuoteMeta(function)+`\(\s*['"`+"`"+`]([A-Za-z_]\w*)['"`+"`"+`]`).FindAllStringSubmatchIndex(src, -1)
	for _, c := range calls {
		s.add(src[c[2]:c[3]], file, lineOf(c[0]))
	}
	if len(calls) == 0 {
		s.addDynamic(file, lineOf(at)) // it is used from elsewhere
	}
}
