"""The status page: what a stack holds -> a model of the page -> HTML. Pure; `serving` reads and delivers."""
