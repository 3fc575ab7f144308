// The built-in load balancer controller on all cases, beside what the real one made of them in the same region
// (recorded.txt, which test/clients/lbc.sh writes).
import { expect, it, onTestFinished } from 'vitest'

import { differences, isRefusal } from './compare.ts'
import { pack, readRecorded } from './recorded.ts'
import { runCourse } from './scenario.ts'
import { makeSetting } from './setting.ts'
import { suites } from './suites.ts'

/** What is not the same, and why. */
type Known = Readonly<Record<string, string>>

const SHARED: Known = {
  'made shared':
    'Rules of ports that nobody needs any more stay while a stack cannot be deployed; the real controller takes them away',
}

const OF_SERVICES: Known = {
  'made bindings of web/checks':
    'The real controller names the port of health checks beside that of the traffic even where they are the same',
  ...SHARED,
}

it.each([
  [suites.services, OF_SERVICES],
  [suites.gateways, SHARED],
])('makes of every case of $name what the real controller makes', async (suite, known) => {
  const setting = await makeSetting('built-in', suite)
  onTestFinished(() => setting.dispose())
  const course = await runCourse(setting)
  const real = readRecorded(suite)
  const found = differences(real, pack(course, real.usual)).filter((each) => !isRefusal(each, suite.cases))
  // What differs and is not known to; then what is no longer different, and is to be struck out above.
  expect(found.filter(({ key }) => !(key in known))).toEqual([])
  expect(Object.keys(known).filter((key) => !found.some((each) => each.key === key))).toEqual([])
  expect(Object.keys(course.deleted)).toEqual(['shared'])
})
