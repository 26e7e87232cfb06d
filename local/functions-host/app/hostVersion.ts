/** Version of the Azure Functions host that the library and callers of the admin API are told. */
export const HOST_VERSION = '4.1040.0';
