// Owns what the campaign has found wrong: the finding, and what the program printed.
import type { Finished } from '../support/program.ts'

export class Failure extends Error {
  override readonly name = 'Failure'

  constructor(finding: string, finished?: Finished) {
    const output = finished ? `\nexit code ${finished.status}\n${finished.stdout}\n${finished.stderr}` : ''
    super(finding + output)
  }
}
