package preflight

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testCodes = []Code{
	{ID: "AADSTS50034"},
	{ID: "AADSTS500171"},
	{ID: "AADSTS500172"},
	{ID: "AADSTS500173"},
	{ID: "AADSTS1001000", Names: []string{"ADSTS1001000"}},
	{ID: "eas-126"},
	{ID: "eas-600"},
	{ID: "http-403"},
	{ID: "http-403.7"},
	{ID: "http-403.16"},
	{ID: "http-500"},
	{ID: "http-600"},
	{ID: "ios-1000", Names: []string{"MCProfileErrorDomain 1000"}},
	{ID: "ios-9000", Names: []string{"MCCertificateErrorDomain 9000"}},
	{ID: "ios-25293", Names: []string{"OSStatus -25293", "errSecAuthFailed"}},
}

func ids(codes []Code) string {
	var all []string
	for _, c := range codes {
		all = append(all, c.ID)
	}
	return strings.Join(all, " ")
}

func TestFindCodes(t *testing.T) {
	for query, want := range map[string]string{
		"AADSTS50034":                   "AADSTS50034",
		"aadsts50034":                   "AADSTS50034",
		"AADSTS50034:":                  "AADSTS50034",
		"aadsts 50034":                  "AADSTS50034",
		"50034":                         "AADSTS50034",
		"ADSTS1001000":                  "AADSTS1001000",
		"ios-9000":                      "ios-9000",
		"iOS 9000":                      "ios-9000",
		"9000":                          "ios-9000",
		"0x2328":                        "ios-9000",
		"MCCertificateErrorDomain 9000": "ios-9000",
		"mccertificateerrordomain:9000": "ios-9000",
		"Domain: MCCertificateErrorDomain Code: 9000 (0x2328)":             "ios-9000",
		"NSError MCProfileErrorDomain 1000; MCCertificateErrorDomain 9000": "ios-1000 ios-9000",
		"MCProfileErrorDomain 9000":                                        "",
		"OSStatus -25293":                                                  "ios-25293",
		"-25293":                                                           "ios-25293",
		"errSecAuthFailed":                                                 "ios-25293",
		"eas-126":                                                          "eas-126",
		"EAS status 126":                                                   "eas-126",
		"Status=126":                                                       "eas-126",
		"http-403":                                                         "http-403",
		"403":                                                              "http-403",
		"403.16":                                                           "http-403.16",
		"IIS 403.16":                                                       "http-403.16",
		"HTTP/1.1 403 Forbidden":                                           "http-403",
		"500":                                                              "http-500",
		"600":                                                              "eas-600 http-600",
		"http 600":                                                         "http-600",
		"AADSTS50034: no such user. Trace ID: 7ac3-9000-403": "AADSTS50034",
		"":                     "",
		"foo":                  "",
		"AADSTS":               "",
		"AADSTS5003":           "",
		"aadsts-9000":          "",
		"0xffffffffffffffffff": "",
	} {
		if got := ids(FindCodes(testCodes, query)); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

func TestNearCodes(t *testing.T) {
	for query, want := range map[string]string{
		"AADSTS500170":        "AADSTS500171 AADSTS500172",
		"AADSTS50043":         "AADSTS50034", // exchanged
		"50034 5":             "AADSTS50034",
		"AADSTS5034":          "AADSTS50034",
		"aadsts-9000":         "ios-9000",
		"eas 403":             "http-403",
		"AADSTS5000":          "", // a slip from http-500, which is another kind
		"403.8":               "http-403.7",
		"12":                  "",
		"foo":                 "",
		"AADSTS0000000000000": "",
	} {
		if got := ids(NearCodes(testCodes, query, 2)); got != want {
			t.Errorf("near %q are %q, want %q", query, got, want)
		}
	}
}

func TestIsSlip(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"50034", "50034"}: false, {"50034", "50043"}: true, {"50034", "5034"}: true, {"5034", "50034"}: true, {"50034", "50035"}: true,
		{"50034", "50340"}: false, {"50034", "500342"}: true, {"50034", "5003421"}: false, {"50034", "05003"}: false, {"126", "216"}: true, {"12", "126"}: false, {"", "126"}: false,
	} {
		if got := isSlip(pair[0], pair[1]); got != want {
			t.Errorf("%v: %v, want %v", pair, got, want)
		}
	}
}

func TestCompareCodes(t *testing.T) {
	mixed := slices.Clone(testCodes)
	slices.Reverse(mixed)
	slices.SortFunc(mixed, CompareCodes)
	if diff := cmp.Diff(ids(testCodes), ids(mixed)); diff != "" {
		t.Errorf("sorted, the codes are not in order (-want +got):\n%s", diff)
	}
}

// Whatever is typed, what is found is there, once and in order; and an id finds
// its own code alone.
func FuzzFindCodes(f *testing.F) {
	for _, seed := range []string{"AADSTS50034:", "0x2328", "Domain: MCCertificateErrorDomain Code: 9000 (0x2328)", "403.16", "-25293", "٤٠٣", "a\x00b 1", "1.1.1 2..3", "0x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		found := FindCodes(testCodes, query)
		if !slices.IsSortedFunc(found, CompareCodes) {
			t.Errorf("%q finds %q, which is not in order", query, ids(found))
		}
		for _, c := range append(found, NearCodes(testCodes, query, 3)...) {
			if got := ids(FindCodes(testCodes, c.ID)); got != c.ID {
				t.Errorf("%q finds %q", c.ID, got)
			}
		}
	})
}
