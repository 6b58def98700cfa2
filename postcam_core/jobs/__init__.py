"""Many recaptures in one go: manifests, the plan, the journal, and the executors that do the work.

Nothing is imported here: a worker's process needs the tasks alone, and starts faster for it.
"""
