// Writes the pages that are made from the program's own tables; scripts/pages/index.ts lists them.
import { mkdirSync, writeFileSync } from 'node:fs'

import { generatedPages } from './pages/index.ts'

const root = new URL('../', import.meta.url)

for (const [path, text] of await generatedPages()) {
  mkdirSync(new URL('.', new URL(path, root)), { recursive: true })
  writeFileSync(new URL(path, root), text)
}
