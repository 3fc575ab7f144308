import { Buffer } from 'node:buffer'

import { expect, test } from 'vitest'

import { signalCommands } from './cfn-signal.ts'

function read(script: string): readonly object[] {
  return signalCommands(Buffer.from(script).toString('base64'))
}

const GROUP = { stack: 's', resource: 'NodeGroup', isSuccess: true }

test.each([
  [
    'the line of the EKS node group templates',
    '#!/bin/bash\n/etc/eks/bootstrap.sh demo\n/opt/aws/bin/cfn-signal --exit-code $? \\\n  --stack s \\\n  --resource NodeGroup --region eu-west-1\n',
    [GROUP],
  ],
  ['short options', 'cfn-signal -e $? --stack s --resource NodeGroup', [GROUP]],
  ['options with =', 'cfn-signal --stack=s --resource="NodeGroup"', [GROUP]],
  ['what follows is no part of it', 'cfn-signal --stack s --resource NodeGroup || reboot --now', [GROUP]],
  [
    'a failure that is sure',
    'cfn-signal -e 1 --stack s --resource A',
    [{ ...GROUP, resource: 'A', isSuccess: false }],
  ],
  [
    'a failure in words',
    'cfn-signal -s false -r "no disk" --stack s --resource NodeGroup',
    [{ ...GROUP, isSuccess: false, reason: 'no disk' }],
  ],
  [
    'a handle',
    "cfn-signal -e 0 -d 'all well' -i first 'http://127.0.0.1:4566/cloudformation-waitcondition-x/a?Signature=b'",
    [
      {
        isSuccess: true,
        data: 'all well',
        uniqueId: 'first',
        handle: 'http://127.0.0.1:4566/cloudformation-waitcondition-x/a?Signature=b',
      },
    ],
  ],
  [
    'the CLI',
    'aws --region x cloudformation signal-resource --stack-name s --logical-resource-id NodeGroup --unique-id $ID --status $status',
    [GROUP],
  ],
  ['a comment', '  # cfn-signal --stack s --resource NodeGroup', []],
  ['what stands in variables', 'cfn-signal --stack $STACK --resource NodeGroup', []],
  ['no call at all', 'yum install -y aws-cfn-bootstrap', []],
])('%s', (_what, script, commands) => expect(read(script)).toEqual(commands))
