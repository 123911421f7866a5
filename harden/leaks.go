package harden

// leaks names headers that tell strangers what a service is made of. The names are those that the OWASP Secure Headers Project
// advises to remove (headers_remove.json) and that servers and platforms document; none has a meaning for a browser.
var leaks = map[string]bool{
	"Server": true, "X-Powered-By": true, "X-Powered-Cms": true, "X-Aspnet-Version": true, "X-Aspnetmvc-Version": true,
	"X-Sourcefiles": true, "X-Generator": true, "X-Generated-By": true, "X-Runtime": true, "X-Runtime-Version": true, "X-Rack-Cache": true,
	"X-Version": true, "X-Php-Version": true, "Php-Version": true, "X-Cf-Powered-By": true, "X-Cms": true, "X-Cms-Version": true,
	"X-Content-Encoded-By": true, "X-Dispatcher": true, "X-Drupal-Cache": true, "X-Drupal-Dynamic-Cache": true, "X-Engine": true,
	"X-Envoy-Attempt-Count": true, "X-Envoy-External-Address": true, "X-Envoy-Internal": true, "X-Envoy-Original-Dst-Host": true,
	"X-Envoy-Upstream-Service-Time": true, "X-Envoy-Decorator-Operation": true, "X-Framework": true, "X-Backend-Server": true, "X-Backend": true,
	"X-Server": true, "X-Server-Name": true, "X-Served-By": true, "X-Host": true, "X-Hostname": true, "X-Node": true, "X-Pod": true,
	"X-Kong-Admin-Latency": true, "X-Kong-Proxy-Latency": true, "X-Kong-Upstream-Latency": true, "X-Kong-Upstream-Status": true,
	"X-Kubernetes-Pf-Flowschema-Uid": true, "X-Kubernetes-Pf-Prioritylevel-Uid": true, "X-Litespeed-Cache": true,
	"X-Litespeed-Purge": true, "X-Litespeed-Tag": true, "X-Litespeed-Vary": true, "X-Litespeed-Cache-Control": true, "X-Liferay-Portal": true,
	"Liferay-Portal": true, "X-Magento-Cache-Control": true, "X-Magento-Cache-Debug": true, "X-Magento-Debug": true, "X-Mod-Pagespeed": true,
	"X-Page-Speed": true, "Pega-Host": true, "Source-Map": true, "Sourcemap": true, "X-Sourcemap": true, "Product": true, "X-Nextjs-Cache": true,
	"X-Nextjs-Matched-Path": true, "X-Nextjs-Page": true, "X-Nextjs-Redirect": true, "X-Old-Content-Length": true, "X-Owa-Version": true,
	"X-Redirect-By": true, "X-Shopify-Stage": true, "X-Turbo-Charged-By": true, "X-Umbraco-Version": true, "X-Varnish": true,
	"X-Varnish-Backend": true, "X-Varnish-Server": true, "X-Wix-Renderer-Server": true, "X-Wix-Server-Artifact-Id": true, "X-B3-Parentspanid": true,
	"X-B3-Sampled": true, "X-B3-Spanid": true, "X-B3-Traceid": true, "K-Proxy-Request": true, "Microsoftofficewebserver": true,
	"Microsoftsharepointteamservices": true, "X-Beserver": true, "X-Calculatedbetarget": true, "X-Diaginfo": true, "X-Feserver": true,
	"X-Jive-Chunk-Id": true, "X-Jitsi-Release": true, "X-Joomla-Version": true, "X-Atmosphere-Error": true, "X-Debug": true,
	"X-Debug-Token": true, "X-Debug-Token-Link": true, "Host-Header": true, "Hostname": true, "Servlet-Engine": true,
	"X-Servlet-Engine": true,
}

// deprecated names headers that browsers have given up or that do harm where they are still read.
var deprecated = map[string]bool{
	"X-Xss-Protection": true, "Public-Key-Pins": true, "Public-Key-Pins-Report-Only": true, "Expect-Ct": true, "Feature-Policy": true,
	"X-Content-Security-Policy": true, "X-Webkit-Csp": true,
}
