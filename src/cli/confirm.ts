// Owns the question before something that costs or destroys: the cluster's name, typed.
import { UserError } from '../base/errors.ts'
import type { App } from './app.ts'

/**
 * Asks for the cluster's name.
 * @param question what is about to happen, e.g. `about $464.20 a month`
 * @throws UserError when something else is typed, or when nobody can be asked
 */
export async function confirmByName({ ask }: App, cluster: string, question: string): Promise<void> {
  if (!ask) {
    throw new UserError(`${question}: nobody is there to confirm it, so nothing was changed`, {
      help: 'Run it in a terminal, or say so beforehand with --yes.',
    })
  }
  const typed = await ask(`${question}. Type the cluster's name to go on (${cluster}): `)
  if (typed === cluster) return
  throw new UserError('not confirmed: nothing was changed')
}
