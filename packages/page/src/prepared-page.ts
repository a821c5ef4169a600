/**
 * Where the page is as page-process.ts prints it, if that was done beforehand: a service's bundle has other code here
 * (infra/setup/beside-modules.ts). It is made when it is read otherwise.
 */
export const preparedPage: URL | undefined = undefined;
