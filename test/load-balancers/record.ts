// Runs the real AWS Load Balancer Controller against a region, and writes down what it makes: by test/clients/lbc.sh.
// Usage: node test/load-balancers/record.ts BINARY CHART LOG [NAME OF A RECORDED FILE]
import { strictEqual } from 'node:assert'

import { startRealController } from './real-controller.ts'
import { pack, writeRecorded } from './recorded.ts'
import { runCourse } from './scenario.ts'
import { makeSetting } from './setting.ts'
import { suites, type Suite } from './suites.ts'

const [binary = '', chart = '', log = '', only] = process.argv.slice(2)
for (const suite of Object.values(suites)) {
  if (only === undefined || only === suite.name) await record(suite)
}

async function record(suite: Suite): Promise<void> {
  const setting = await makeSetting('none', suite)
  try {
    const controller = await startRealController(setting, { binary, chart, log })
    console.log(`✔ ${suite.name}: the chart is installed, and the controller is ready`)
    try {
      const course = await runCourse(setting)
      writeRecorded(suite, pack(course))
      // It does not look again at those that something used when they were deleted.
      const left = Object.keys(course.deleted).filter(
        (key) => !/^shared$|^TargetGroupConfiguration /.test(key),
      )
      strictEqual(left.join(', '), '', 'nothing is left but the shared security group')
      console.log(`✔ ${Object.keys(course.made).length} objects and stacks, and nothing is left of them`)
    } finally {
      await controller.stop()
    }
  } finally {
    await setting.dispose()
  }
}
