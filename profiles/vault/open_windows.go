package vault

// nonBlocking is nothing here: a folder of Windows has no named pipes.
const nonBlocking = 0
