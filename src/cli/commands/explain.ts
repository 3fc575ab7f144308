// Owns `neargate explain`: why a pod is where it is, why a target is unhealthy, what the code of a problem means.
import type { Command } from 'commander'

import type { Explanation } from '../../explain/explanation.ts'
import { connectNear, type App } from '../app.ts'
import { lookOf, offerOutput, type OutputFlags, printForPrograms } from '../output.ts'

interface ExplainFlags extends OutputFlags {
  readonly cluster?: string
  readonly namespace?: string
  readonly region?: string
}

export function registerExplain(program: Command, app: App): void {
  const command = program
    .command('explain')
    .description(
      'say why a pod is where it is, why it does not run, why a load balancer has no healthy targets',
    )
    .argument(
      '<code|pod|service|ingress|gateway|deployment>',
      'the code of a problem, pod/NAME, service/NAME, …, or a name',
    )
    .option('-n, --namespace <name>', 'where to look (default: everywhere)')
    .option('--cluster <name>', 'which cluster (default: the only one)')
    .option('--region <name>', 'one of the regions there (default: the first one)')
  offerOutput(command).action(async (target: string, flags: ExplainFlags) => {
    const { explainCode } = await import('../../explain/code.ts')
    const { renderExplanation } = await import('../../explain/explanation.ts')
    const known = explainCode(target)
    const explanations = known ? [known] : await explainIn(app, target, flags)
    // `pod shop/web-1`
    const names = explanations.map(({ subject }) => subject.replace(' ', '/'))
    if (await printForPrograms(app, flags, { command: 'explain', value: explanations, names })) return
    const look = lookOf(app, flags)
    app.terminal.out(explanations.map((each) => renderExplanation(each, look)).join('\n'))
  })
}

async function explainIn(
  app: App,
  target: string,
  { cluster, namespace, region }: ExplainFlags,
): Promise<readonly Explanation[]> {
  const { openCloud } = await import('../../deploy/cloud.ts')
  const { explainObjects } = await import('../../deploy/explain-objects.ts')
  const { identity, running } = await connectNear(app, { region })
  const cloud = openCloud({ region: identity.region, endpoint: running.endpoint, credentials: identity })
  try {
    return await explainObjects(cloud, { cluster, namespace, target }, app.clock)
  } finally {
    cloud.close()
  }
}
