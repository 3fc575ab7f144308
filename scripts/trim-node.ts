// Removes what the `node` package leaves of its platform's package: headers, npm and manuals, 68 MB that nothing here runs. The
// program itself has a name of its own beside them.
import { lstatSync, rmSync } from 'node:fs'

const directory = new URL('../node_modules/node/', import.meta.url)
const program = lstatSync(new URL('bin/node', directory), { throwIfNoEntry: false })

// A link would lead into what is removed.
if (program?.isFile()) rmSync(new URL('node_modules/', directory), { recursive: true, force: true })
