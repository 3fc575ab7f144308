// Owns what a person can do where a load balancer's own address does not serve.
import type { LoadBalancerStatus } from '../region/admin.ts'

// What a listener's fault asks for; said once, however many listeners have it.
const HELP: Readonly<Record<string, (address: string) => readonly string[]>> = {
  EACCES: (address) => [
    `${address} needs privileges: this system keeps low ports for root. Either of these opens them:`,
    '  sudo sysctl net.ipv4.ip_unprivileged_port_start=80',
    '  sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"',
  ],
  EADDRNOTAVAIL: (address) => [
    `This system has only 127.0.0.1; give it ${hostOf(address)} and start the region again:`,
    `  sudo ifconfig lo0 alias ${hostOf(address)} up`,
  ],
  EADDRINUSE: (address) => [
    `Another program listens on ${address}, perhaps on all addresses of that port; stop it and start the region again.`,
  ],
}

/** Lines for the terminal: one hint a kind of fault, none where all is well. */
export function addressHelp(loadBalancers: readonly LoadBalancerStatus[]): readonly string[] {
  const faults = new Map(
    loadBalancers.flatMap(({ listeners }) =>
      listeners.flatMap(({ fault }) => (fault ? [[fault.code, fault.address] as const] : [])),
    ),
  )
  return [...faults].flatMap(
    ([code, address]) => HELP[code]?.(address) ?? [`${address} is not available: ${code}`],
  )
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}
