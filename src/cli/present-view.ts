// Owns how it is told what `up` would do about what is there.
import type { Compared } from '../deploy/compare.ts'
import type { Terminal } from '../terminal/terminal.ts'

const WIDTH = 'made anew'.length

/** Prints it, a line a thing with what would change below; what stays as it is in one line. */
export function showPresent(terminal: Terminal, compared: readonly Compared[]): void {
  const told = compared.filter(({ state }) => state !== 'unchanged')
  const lines = told.flatMap(({ what, state, details }) => [
    `  ${state.padEnd(WIDTH)}  ${what}`,
    ...details.map((detail) => `  ${' '.repeat(WIDTH)}    ${detail}`),
  ])
  const same = compared.length - told.length
  const summary =
    same === 0 ? [] : [`  ${'unchanged'.padEnd(WIDTH)}  ${same} ${same === 1 ? 'thing' : 'things'}`]
  terminal.out(['compared with what is there:', ...lines, ...summary].join('\n'))
}
