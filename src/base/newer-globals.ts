// Owns what Node 24 has and Node 22 lacks, of what this program and its packages use. Loaded there alone.
import { isNativeError } from 'node:util/types'

import { AsyncDisposableStack, SuppressedError } from '@whatwg-node/disposablestack'

Object.assign(globalThis, { AsyncDisposableStack, SuppressedError })
Object.assign(Error, { isError: isNativeError })
