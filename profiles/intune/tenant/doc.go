// Package tenant brings a set of Intune's objects into a tenant: it reads what is there,
// plans the way, and carries the plan out.
//
// Objects are created, changed and assigned. Nothing is deleted, no group is taken away,
// and certificate profiles that are there are not edited: each of these would take
// certificates from phones.
package tenant
