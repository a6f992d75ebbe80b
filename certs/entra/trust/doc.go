// Package trust is the authorities that a tenant trusts: what is in its two
// stores, what shall be in them, the plan that leads from one to the other, and
// carrying that out so that whatever fails half-way, nothing is lost.
//
// Any CA that a tenant trusts can sign in any of its users, and the classic store
// cannot be changed, only deleted and made anew. So nothing is written without a
// plan, no CA is removed unless it is named, and what stands in the way of a
// return is said before.
package trust
