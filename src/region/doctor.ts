// Owns looking at what a machine has to run pods in, and saying how to get what is missing.
import {
  mayMakeNetworks,
  thisMachine,
  whyNoPrograms,
  whyNoVpcNetwork,
  type Machine,
} from '../network/vpc/privilege.ts'
import { findEngine, servingEngine, type FoundEngine, type NoEngine } from '../runtime/engine/find-engine.ts'

export interface Finding {
  readonly state: 'good' | 'missing'
  readonly what: string
  /** What to do about it. */
  readonly help?: string
}

const ENGINE_HELP =
  'Start Docker or Podman: podman system service --time 0 unix:///run/podman/podman.sock as root, or unix://$XDG_RUNTIME_DIR/podman/podman.sock as yourself.'
// Docker Desktop and Colima keep a Linux machine of their own: all that makes the networks of pods works within one alone.
const ELSEWHERE_HELP =
  'Real pods, and connections to them and from them, take a region within that machine: run Neargate in it as root, where it lets you in (colima ssh), or in a Linux machine of your own. Here pods are stand-ins.'
const RIGHTS_HELP =
  'Who may use the engine is not enough: Neargate itself makes the networks of pods. Run it as root, such as by sudo --preserve-env=PATH,HOME npx neargate start, or start a rootless Podman or Docker, which needs no root.'
const PROGRAMS_HELP = 'Install iproute2, util-linux and nftables.'

/** Looks at the engine, at what this process may do, and at what follows for pods. */
export async function diagnose(
  environment: Readonly<Record<string, string | undefined>>,
  machine: Machine = thisMachine(),
): Promise<readonly Finding[]> {
  const engine = await findEngine(environment)
  const rootless = 'missing' in engine ? engine.rootless : undefined
  const missing = rootless ? whyNoPrograms(machine) : whyNoVpcNetwork(machine)
  const hasAll = (rootless !== undefined || !('missing' in engine)) && missing === undefined
  const who = rootless
    ? 'a region of neargate start makes them, in the user namespace of that engine'
    : 'this process may make them'
  const help = networkHelp(machine, rootless !== undefined)
  return [
    engineFinding(engine),
    missing === undefined
      ? { state: 'good', what: `networks of pods: ${who}` }
      : { state: 'missing', what: `networks of pods: ${missing}`, help },
    hasAll
      ? { state: 'good', what: 'pods run what their images say (--runtime auto or engine)' }
      : { state: 'good', what: 'pods run as stand-ins: no image is run, all else is there' },
  ]
}

function engineFinding(engine: FoundEngine | NoEngine): Finding {
  const serving = servingEngine(engine)
  if (serving) {
    const { name, version, socketPath, restriction } = serving
    return {
      state: 'good',
      what: `container engine: ${name} ${version} at ${socketPath}`,
      ...(restriction !== undefined && { help: `It is ${restriction}.` }),
    }
  }
  const { missing = '', isElsewhere = false } = 'missing' in engine ? engine : {}
  const help = isElsewhere ? ELSEWHERE_HELP : ENGINE_HELP
  return { state: 'missing', what: `container engine: ${missing}`, help }
}

function networkHelp(machine: Machine, isRootless: boolean): string {
  if (isRootless || mayMakeNetworks(machine)) return PROGRAMS_HELP
  return machine.platform === 'linux'
    ? RIGHTS_HELP
    : 'Run neargate as root on Linux, such as in a virtual machine.'
}
