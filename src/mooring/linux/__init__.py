"""The only hands: namespaces, links, routes, nftables, sysctls, processes, files in a sandbox."""
