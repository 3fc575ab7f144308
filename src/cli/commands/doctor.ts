// Owns `neargate doctor`: what this machine has for the near region, what is missing, and how to get it.
import type { Command } from 'commander'

import type { Finding } from '../../region/doctor.ts'
import type { App } from '../app.ts'
import { offerOutput, type OutputFlags, printForPrograms } from '../output.ts'

const MARKS = { good: '✔', missing: '✖' } as const

export function registerDoctor(program: Command, app: App): void {
  const command = program
    .command('doctor')
    .description('look at what this machine has to run pods: container engine, rights, tools')
  offerOutput(command).action(async (options: OutputFlags) => {
    const { diagnose } = await import('../../region/doctor.ts')
    const findings = await diagnose(app.environment)
    // What is found is told as `container engine: podman 5.2 at …`.
    const names = findings.flatMap(({ what }) => what.split(':')[0] ?? [])
    if (await printForPrograms(app, options, { command: 'doctor', value: findings, names })) return
    for (const finding of findings) app.terminal.say(lineOf(finding))
  })
}

function lineOf({ state, what, help }: Finding): string {
  return `${MARKS[state]} ${what}${help === undefined ? '' : `\n  ${help}`}`
}
