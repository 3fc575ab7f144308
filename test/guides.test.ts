// Runs each guide as its reader does: in a directory of its own, on a region of its own, from its first block to its last.
import { describe, expect, it } from 'vitest'

import { codeBlocks, documents, readDocument } from './support/documents.ts'
import { runGuide } from './support/guide-run.ts'
import { guideScript, neededPrograms } from './support/guide-script.ts'
import { hasProgram } from './support/program.ts'

const guides = documents.filter((file) => file.startsWith('docs/guides/'))

/** Programs that the tests bring themselves. */
const BROUGHT = new Set(['kubectl', 'helm'])

describe('the guides', () => {
  it.for(guides)('%s', { timeout: 240_000 }, async (file, { skip }) => {
    const missing = neededPrograms(readDocument(file)).filter((name) => !BROUGHT.has(name) && !isThere(name))
    // The CDK is brought, and this guide run, by `npm run test:cdk`.
    if (missing.length > 0) skip(`${missing.join(', ')} is not there`)
    const { status, said } = await runGuide(file)
    expect(status, said).toBe(0)
  })

  it.each(guides)('%s has the same commands and files in Chinese', (file) => {
    expect(codeBlocks(readDocument(file.replace('docs/', 'docs/zh/')))).toEqual(
      codeBlocks(readDocument(file)),
    )
  })

  it('are taken apart into files and commands', () => {
    const text =
      '<!-- needs: helm, node:x -->\n```yaml a/b.yaml\nc: 1\n```\n```sh\n# no\none \\\n  two\n```\n```text\nno\n```\n'
    expect(neededPrograms(text)).toEqual(['helm', 'node:x'])
    expect(guideScript(text).split('\n').slice(1)).toEqual([
      'mkdir -p "$(dirname a/b.yaml)"',
      "cat > a/b.yaml <<'END_OF_FILE'",
      'c: 1',
      'END_OF_FILE',
      "printf '%s\\n' '$ one two' >&2",
      'one two',
    ])
  })
})

/** `python3:boto3` is a module of a program. */
function isThere(name: string): boolean {
  const [program = '', module] = name.split(':')
  return hasProgram(module === undefined ? program : `${program} && ${program} -c 'import ${module}'`)
}
