// Owns how a long run is told: named steps that start, say what they are at, and end.
import type { ProgressListener, StepOutcome, StepReport } from '../terminal/progress-view.ts'
import { explainRefusal } from './refusal.ts'

export interface StepResult {
  readonly outcome: StepOutcome
  readonly detail?: string
}

export type Work = (detail: (text: string) => void) => Promise<StepResult>

/** Runs steps and reports them; collects what they came to. */
export class Progress {
  readonly reports: StepReport[] = []
  readonly #listener: ProgressListener
  readonly #now: () => number

  constructor(listener: ProgressListener, now: () => number) {
    this.#listener = listener
    this.#now = now
  }

  /** Runs one step; a rejection passes on after it was reported, a refusal of AWS or Kubernetes in plain words. */
  async step(title: string, work: Work): Promise<void> {
    const startedMs = this.#now()
    const elapsed = (): number => (this.#now() - startedMs) / 1000
    this.#listener.started(title)
    try {
      const result = await work((text) => this.#listener.detail(title, text))
      const report: StepReport = { title, seconds: elapsed(), ...result }
      this.reports.push(report)
      this.#listener.ended(report)
    } catch (error) {
      this.#listener.failed(title, elapsed())
      throw explainRefusal(error, title)
    }
  }

  /** Does what is no step of its own, such as looking around beforehand: nothing is shown unless it fails. */
  async quietly<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explainRefusal(error, doing)
    }
  }

  warn(text: string): void {
    this.#listener.warning(text)
  }

  /** True when no step changed anything. */
  get unchanged(): boolean {
    return this.reports.every(
      (report) => report.outcome === 'unchanged' || report.outcome === 'skipped' || report.outcome === 'done',
    )
  }
}

/** Runs branches side by side; when one fails, waits for the others before it rejects with the first failure. */
export async function inParallel(...branches: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(branches)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
}
