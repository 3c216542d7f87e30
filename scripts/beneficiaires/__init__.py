"""From a page of code.gouv.fr to a data package.

The layers, from the ground up; a module imports only modules of the lines above its own, or beside
it without a circle (see docs/architecture.md):

    errors cli files text wording                                      ground
    source:       models documents page                                what people edit
    model:        registry corrections matching coverage history comparison    what it means
    datapackage:  table_schema descriptor tables dictionary release_manifest
    project validation                                                 load, build, check
    snapshots:    fetch suggest registry_text drafts add report        take in new snapshots
    publish:      metadata templates catalogue workbooks distribution release
                  typography site_views site udata_models udata_client udata_sync portal
"""
