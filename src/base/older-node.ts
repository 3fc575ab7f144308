// Owns the first import of every entry of the program: what an older Node lacks is there before anything asks for it. The
// syntax itself (`await using`) is lowered when the program is bundled.
if (!('AsyncDisposableStack' in globalThis)) await import('./newer-globals.ts')

export {}
