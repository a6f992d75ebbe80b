// Package vault is where results go and come from: a folder, or a container of Azure
// Blob Storage. A rollout fills it, a portal hands out of it, a probe reads it.
//
// [Open] opens a target; [Vault.Lock] makes the caller the only one who writes for a
// shard, and gives what to write with. Both kinds of targets keep the same promises:
//
//   - A file is there whole, or not at all, whenever the process is killed.
//   - What was put before an [Writer.Append] that succeeded survives a crash of the
//     machine, as do the lines.
//   - A lock is released by the system when its process is killed, and what that
//     process left half-done is removed when the next takes a lock.
//   - After [Writer.Unlock] the target holds nothing but results.
//
// Every result is a secret: in folders files have mode 0600 and folders made for them
// 0700, and a container that the public may read is refused. A [Sealer] encrypts them
// beyond that.
package vault
