// Owns one course of `--target aws` for judges: `up`, `up` again, the comparison, and `down`, on a clock that hurries.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemClock } from '../../../src/base/clock.ts'
import { UserError } from '../../../src/base/errors.ts'
import type { App } from '../../../src/cli/app.ts'
import { runDownFar } from '../../../src/cli/run/down-far.ts'
import { runNetwork } from '../../../src/cli/run/network.ts'
import { runPlanLive } from '../../../src/cli/run/plan-live.ts'
import { runUpFar } from '../../../src/cli/run/up-far.ts'
import { loadProject } from '../../../src/deploy/project.ts'
import { captured } from '../../../src/terminal/testing/captured.ts'
import { fastClock } from '../../support/fast-clock.ts'

const SPEED = 100
// Forty minutes for a stack are four.
const DEADLINE_SPEED = 10

type Variables = Readonly<Record<string, string>>

interface Ended {
  /** What was shown, in the order of the two streams. */
  readonly shown: string
  /** The message of the failure, and what to do; nothing when there was none. */
  readonly failure: string
}

/** One user's machine, whose commands go to one endpoint as AWS. Credentials are those of the environment. */
export class Course implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), 'neargate-course-'))
  readonly #endpoint: string

  constructor(endpoint: string) {
    this.#endpoint = endpoint
  }

  /** Makes the subnets that the file names, in the near region of a data directory that plays AWS. */
  async network(path: string, directory: string): Promise<void> {
    const environment = { NEARGATE_HOME: directory }
    const app = {
      terminal: captured().terminal,
      environment,
      clock: systemClock,
      workingDirectory: this.#home,
    }
    await runNetwork(app, [path], { runtime: 'standin' })
  }

  /** @param variables of the environment besides */
  async up(path: string, variables: Variables = {}): Promise<Ended> {
    return this.#run((app) => runUpFar(app, [path], { ...this.#flags, force: true }), variables)
  }

  async planLive(path: string): Promise<Ended> {
    return this.#run((app) => runPlanLive(app, loadProject([path]), this.#flags))
  }

  async down(path: string, variables: Variables = {}): Promise<Ended> {
    return this.#run((app) => runDownFar(app, [path], this.#flags), variables)
  }

  /** Removes a cluster that cannot be looked into. */
  async downUnseen(path: string): Promise<Ended> {
    return this.#run((app) => runDownFar(app, [path], { ...this.#flags, force: true }))
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true })
  }

  get #flags(): { readonly target: 'aws'; readonly yes: true; readonly endpointUrl: string } {
    return { target: 'aws', yes: true, endpointUrl: this.#endpoint }
  }

  async #run(command: (app: App) => Promise<void>, variables: Variables = {}): Promise<Ended> {
    const capture = captured()
    const own = { NEARGATE_HOME: this.#home, KUBECONFIG: join(this.#home, 'config') }
    const environment = { ...variables, ...own }
    const clock = fastClock(SPEED, DEADLINE_SPEED)
    try {
      await command({ terminal: capture.terminal, environment, clock, workingDirectory: this.#home })
      return { shown: capture.out() + capture.error(), failure: '' }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { shown: capture.out() + capture.error(), failure: `${error.message}\n${error.help}` }
    }
  }
}
