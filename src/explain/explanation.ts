// Owns what an explanation is, and how it reads on the terminal.
import type { Look } from '../terminal/terminal.ts'
import { wrapLines } from '../terminal/wrap.ts'

/** What stands in the way, in the words of whoever said it, and what to do about it. */
export interface Cause {
  /** Who said it: `fargate-scheduler`, `kubelet`, `Elastic Load Balancing`. */
  readonly by: string
  /** Its own words. */
  readonly said: string
  /** What to do, one sentence; empty where nothing has to be done. */
  readonly help: string
}

/** The answer to "why is it as it is". `neargate explain --json` prints it. */
export interface Explanation {
  /** `pod shop/web-1` */
  readonly subject: string
  /** One line: how it stands. */
  readonly verdict: string
  /** Whether nothing is wrong with it. */
  readonly isWell: boolean
  readonly facts: readonly { readonly name: string; readonly text: string }[]
  readonly causes: readonly Cause[]
}

/** An explanation for a person. */
export function renderExplanation(
  { subject, verdict, isWell, facts, causes }: Explanation,
  look: Look,
): string {
  const mark = isWell ? look.paint('green', '✔') : look.paint('yellow', '▲')
  const width = Math.max(0, ...facts.map(({ name }) => name.length))
  const lines = [
    `${mark} ${look.paint('bold', subject)} ${verdict}`,
    ...facts.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`),
    ...causes.flatMap(({ by, said, help }) => [
      `  ${look.paint('bold', by)} says: ${said}`,
      ...(help === '' ? [] : [`    → ${look.paint('cyan', help)}`]),
    ]),
  ]
  return wrapLines(lines.join('\n'), look.columns)
}
