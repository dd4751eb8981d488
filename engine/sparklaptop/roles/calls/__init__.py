"""Which permissions a request needs, service by service.

(Service authorization reference, actions, resources and condition keys.)
"""
