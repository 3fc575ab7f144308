// Checks the JSON of `neargate up examples/eks-workshop --json`: placement, sizes and answers. Exits 1 with what is wrong.
import { readFileSync } from 'node:fs'

const result = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const faults = []

function expectWorkload(name, { compute, node, capacity }) {
  const workload = result.workloads.find((entry) => entry.name === name)
  if (!workload) return faults.push(`no workload ${name}`)
  if (workload.compute !== compute) faults.push(`${name} is on ${workload.compute}, not ${compute}`)
  if (workload.pods.length !== 2 || workload.ready !== 2)
    faults.push(`${name} has ${workload.ready} ready pods, not 2`)
  for (const pod of workload.pods) {
    if (!pod.node.startsWith(node)) faults.push(`${pod.name} is on ${pod.node}`)
    if (pod.capacity !== capacity) faults.push(`${pod.name} has the size ${pod.capacity}`)
  }
  if (new Set(workload.pods.map((pod) => pod.node)).size !== 2) faults.push(`${name} shares a node`)
}

expectWorkload('nginx-ec2nodegroup', { compute: 'ec2', node: 'ip-', capacity: undefined })
expectWorkload('nginx-fargate', { compute: 'fargate', node: 'fargate-ip-', capacity: '0.25vCPU 1GB' })

if (result.loadBalancers.length !== 2) faults.push(`${result.loadBalancers.length} load balancers, not 2`)
for (const { service, httpStatus, healthyTargets } of result.loadBalancers) {
  if (httpStatus !== 200) faults.push(`${service} answered ${httpStatus}`)
  if (healthyTargets !== 2) faults.push(`${service} has ${healthyTargets} healthy targets`)
}

if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`up took ${result.seconds} s: 2 workloads placed, 2 URLs answer 200`)
