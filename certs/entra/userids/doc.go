// Package userids ties certificates to accounts of Entra ID by certificateUserIds:
// which values each user should have, a plan of what is to be added, and carrying that
// out. It only ever adds values.
package userids
