package table_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/easkit/easkit/certs/table"
)

// A row that is damaged does not end the reading.
func Example() {
	const export = "\ufeffUser principal name;Mail\r\nalice@contoso.com;alice@contoso.com\r\nbob@contoso.com;\"bob@contoso.com\r\ncarol@contoso.com;carol@contoso.com\r\n"
	text, err := table.OpenText(strings.NewReader(export), 1<<20)
	if err != nil {
		log.Fatal(err)
	}
	t, err := table.Open(text)
	if err != nil {
		log.Fatal(err)
	}
	upn := t.Column("userprincipalname", "upn")
	for {
		err := t.Next()
		if err == io.EOF {
			break
		}
		if bad := new(table.RowError); errors.As(err, &bad) {
			fmt.Println(bad)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		user, err := t.Cell(upn)
		fmt.Println(t.Line(), user, err)
	}
	// Output:
	// 2 alice@contoso.com <nil>
	// line 3 to line 4, column 37: extraneous or missing " in quoted-field
	// 4 carol@contoso.com <nil>
}
