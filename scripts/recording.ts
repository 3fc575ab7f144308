// Records `neargate up examples/eks-workshop` in a terminal and writes docs/recording-{light,dark}.svg. Takes `script` of
// util-linux, and the ports of a region.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { chunksOf, linesOf } from './recording/screen.ts'
import { filmSvg, THEMES } from './recording/svg.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const COLUMNS = 92
const ROWS = 30
const COMMAND = 'neargate up examples/eks-workshop'

const directory = mkdtempSync(join(tmpdir(), 'neargate-recording-'))
const home = join(directory, '.neargate')
const program = `${process.execPath} ${join(root, 'bin/neargate.js')}`
const environment = { ...process.env, NEARGATE_HOME: home, TERM: 'xterm-256color' }

/** Runs a shell line in the checkout. */
function shell(line: string): number | null {
  return spawnSync('sh', ['-c', line], { cwd: root, env: environment, stdio: 'inherit' }).status
}

try {
  const [output, timing] = [join(directory, 'output'), join(directory, 'timing')]
  const run = `stty cols ${COLUMNS} rows ${ROWS}; ${COMMAND.replace('neargate', program)}`
  const status = shell(
    `script --quiet --return --command '${run}' --log-out ${output} --log-timing ${timing}`,
  )
  if (status !== 0) process.exit(status ?? 1)
  // Where the recording was made is nobody's business, and longer than anybody's home.
  const chunks = chunksOf(readFileSync(output), readFileSync(timing, 'utf8'))
  const lines = linesOf(
    chunks.map((chunk) => ({ ...chunk, text: chunk.text.replaceAll(home, '~/.neargate') })),
  )
  for (const [name, theme] of Object.entries(THEMES)) {
    const svg = filmSvg({ command: COMMAND, lines, columns: COLUMNS, rows: ROWS, theme })
    writeFileSync(join(root, `docs/recording-${name}.svg`), svg)
  }
} finally {
  shell(`${program} stop`)
  rmSync(directory, { recursive: true, force: true })
}
