import { describe, expect, it } from 'vitest';
import { isAllowedAddress, targetFault } from './target.ts';

const rules = { allowLoopback: false };
const development = { allowLoopback: true };

describe('a URL that a client named', () => {
  it.each([
    'https://example.com/hook',
    'http://example.com/',
    'https://example.com:443/',
    'https://example.com:8443/hook?a=b#c',
    'http://93.184.216.34/',
    'http://[2606:2800:220:1:248:1893:25c8:1946]/',
  ])('may be %s', (url) => {
    expect(targetFault(url, rules)).toBeUndefined();
  });

  it.each([
    // Loopback, in every spelling that a URL parser takes.
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://127.255.255.254/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://0177.0.0.01/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://①②⑦.0.0.①/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[0000::0001]/',
    'http://localhost/',
    'http://LOCALHOST:8080/',
    'http://localhost./',
    'http://api.localhost/',
    // IPv4 inside IPv6.
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:10.0.0.1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[64:ff9b::a00:1]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a00:1::1]/',
    'http://[2001:0:a00:1::]/',
    // Unspecified, private, shared, link-local.
    'http://0.0.0.0/',
    'http://0/',
    'http://[::]/',
    'http://10.0.0.1/',
    'http://167772161/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://0xc0a80101/',
    'http://100.64.0.1/',
    'http://169.254.1.1/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456:789a::1]/',
    // Metadata services.
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
    // Multicast, broadcast, documentation, benchmarks, not given out.
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://240.0.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://192.88.99.1/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    'http://[100::1]/',
    'http://[4000::1]/',
    'http://[5f00::1]/',
    // Not an address at all.
    'http://256.1.1.1/',
    'http://[fe80::1%25eth0]/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'unix:/var/run/docker.sock',
    'example.com/hook',
    '',
    // What has no business in one.
    'http://user:secret@example.com/',
    'http://user@example.com/',
    'http://example.com:22/',
    'http://example.com:25/',
    'http://example.com:0/',
  ])('may not be %s', (url) => {
    expect(targetFault(url, rules)).toBeTypeOf('string');
  });

  it.each(['http://127.0.0.1:3000/', 'http://localhost:3000/', 'http://[::1]:3000/'])(
    'may be %s if loopback is allowed',
    (url) => {
      expect(targetFault(url, development)).toBeUndefined();
    },
  );

  it.each(['http://10.0.0.1/', 'http://169.254.169.254/', 'http://[::ffff:127.0.0.1]/', 'http://0.0.0.0/'])(
    'may not be %s even if loopback is allowed',
    (url) => {
      expect(targetFault(url, development)).toBeTypeOf('string');
    },
  );
});

describe('an address that a name resolves to', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:4700:4700::1111'])('may be %s', (address) => {
    expect(isAllowedAddress(address, rules)).toBe(true);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', 'fe80::1%eth0', '10.1.2.3', '', 'localhost'])(
    'may not be %s',
    (address) => {
      expect(isAllowedAddress(address, rules)).toBe(false);
    },
  );
});
