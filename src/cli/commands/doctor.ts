// Owns `neargate doctor`: what this machine has for the near region, what is missing, and how to get it.
import type { Command } from 'commander'

import type { Finding } from '../../region/doctor.ts'
import type { App } from '../app.ts'
import { jsonText } from '../json-outputs.ts'

const MARKS = { good: '✔', missing: '✖' } as const

export function registerDoctor(program: Command, app: App): void {
  program
    .command('doctor')
    .description('look at what this machine has to run pods: container engine, rights, tools')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: true }) => {
      const { diagnose } = await import('../../region/doctor.ts')
      const findings = await diagnose(app.environment)
      if (options.json) return app.terminal.out(jsonText('doctor', findings))
      for (const finding of findings) app.terminal.out(lineOf(finding))
    })
}

function lineOf({ state, what, help }: Finding): string {
  return `${MARKS[state]} ${what}${help === undefined ? '' : `\n  ${help}`}`
}
