// Package preflight holds what every judgement of easkit is made of: the
// Scenario a thing is judged for, the Check that judges it, the Finding that
// comes out, and the Report that findings are gathered in and printed from.
//
// It knows nothing of certificates or profiles. Packages that judge keep a
// [Table] of checks over a type of their own:
//
//	var checks = preflight.Table[*Subject]{
//		{Info: preflight.Info{ID: "cert.validity", ...}, Run: validity},
//	}
//
// and call [Table.Run], which enforces what holds for all of them: a check
// that rests on an observation or an inference warns at most, and a check that
// panics is a failure, never a pass.
package preflight
