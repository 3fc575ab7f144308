// Owns `neargate dns`: how this machine's resolver is told to ask the region for the names of load balancers.
import type { Command } from 'commander'

import { connectNear, type App } from '../app.ts'
import { offerOutput, type OutputFlags, printForPrograms } from '../output.ts'

export function registerDns(program: Command, app: App): void {
  const command = program
    .command('dns')
    .description(
      'print how to have this machine resolve the names of load balancers, for systemd-resolved, dnsmasq and macOS',
    )
  offerOutput(command).action(async (options: OutputFlags) => {
    const near = await connectNear(app, {})
    const { dns, loadBalancers } = await near.admin.status()
    const regions = await near.admin.regions()
    const value = { server: dns, regions }
    if (await printForPrograms(app, options, { command: 'dns', value, names: regions })) return
    app.terminal.out(setUp({ server: dns, regions, example: loadBalancers[0]?.hostname }).join('\n'))
  })
}

interface Facts {
  /** `127.0.0.1:4569` */
  readonly server: string
  readonly regions: readonly string[]
  readonly example: string | undefined
}

/** The text of the command. */
export function setUp({
  server,
  regions,
  example = `NAME.elb.${regions[0]}.localhost`,
}: Facts): readonly string[] {
  const [host = '', port = ''] = server.split(':')
  const domains = (suffix: string): readonly string[] => regions.map((region) => `elb.${region}.${suffix}`)
  const testName = example.replace(/localhost$/, 'test')
  return [
    `The region answers for its load balancers at ${server}, over UDP and TCP:`,
    `  dig @${host} -p ${port} ${example}`,
    '',
    'curl, browsers and systemd-resolved take every name under .localhost to 127.0.0.1 without asking, where a load',
    `balancer that is alone on its port is reached too. Every name is answered under .test as well: ${testName}`,
    '',
    '# systemd-resolved (Ubuntu, Fedora, Debian with resolvectl)',
    'sudo mkdir -p /etc/systemd/resolved.conf.d',
    `printf '[Resolve]\\nDNS=${server}\\nDomains=${domains('test')
      .map((domain) => `~${domain}`)
      .join(' ')}\\n' | sudo tee /etc/systemd/resolved.conf.d/neargate.conf`,
    'sudo systemctl restart systemd-resolved',
    '',
    '# dnsmasq (NetworkManager: /etc/NetworkManager/dnsmasq.d/neargate.conf)',
    `printf '${[...domains('localhost'), ...domains('test')]
      .map((domain) => `server=/${domain}/${host}#${port}\\n`)
      .join('')}' | sudo tee /etc/dnsmasq.d/neargate.conf`,
    'sudo systemctl restart dnsmasq',
    '',
    '# macOS',
    'sudo mkdir -p /etc/resolver',
    ...domains('test').map(
      (domain) => `printf 'nameserver ${host}\\nport ${port}\\n' | sudo tee /etc/resolver/${domain}`,
    ),
  ]
}
