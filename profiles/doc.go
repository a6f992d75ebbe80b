// Package profiles says what a mail account on a phone is, whatever phone it
// is: the [Account], the [Template] that an organisation describes its accounts
// with, and the [Format] that a platform's files implement.
//
// An account is made of a template, of what the user's certificate says, and of
// [Overrides]; [Template.Account] joins them by rules that hold for every
// platform. Packages ios and android turn it into what their phones read.
package profiles
