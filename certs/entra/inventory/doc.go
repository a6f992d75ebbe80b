// Package inventory finds out who still signs in directly: whose phone shows its
// certificate to Exchange Online itself by Exchange ActiveSync (EAS), which
// Exchange Online stops taking.
//
// [Read] takes whatever exports an admin has: sign-in logs of Entra ID, the
// phones of Get-MobileDevice, the mail profiles of Intune. It says for each user
// and phone which way it goes, from which rows that is known, and puts those who
// have to move into waves. Given the [Inventory] of an earlier run, it says who
// has moved since.
//
// What is kept is by user and phone, and not by sign-in: a log of gigabytes is
// read in one pass. Nothing here uses the network.
package inventory
