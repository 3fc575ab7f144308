// Runs the real AWS Load Balancer Controller against a region, and writes down what it makes: by test/clients/lbc.sh.
// Usage: node test/load-balancers/record.ts BINARY CHART LOG
import { strictEqual } from 'node:assert'

import { startRealController } from './real-controller.ts'
import { pack, writeRecorded } from './recorded.ts'
import { runCourse } from './scenario.ts'
import { makeSetting } from './setting.ts'

const [binary = '', chart = '', log = ''] = process.argv.slice(2)
const setting = await makeSetting('none')
try {
  const controller = await startRealController(setting, { binary, chart, log })
  console.log('✔ the chart is installed, and the controller is ready')
  try {
    const course = await runCourse(setting)
    const left = Object.keys(course.deleted).filter((key) => key !== 'shared')
    strictEqual(left.join(', '), '', 'nothing is left but the shared security group')
    console.log(`✔ ${Object.keys(course.made).length} objects and stacks, and nothing is left of them`)
    writeRecorded(pack(course))
  } finally {
    await controller.stop()
  }
} finally {
  await setting.dispose()
}
