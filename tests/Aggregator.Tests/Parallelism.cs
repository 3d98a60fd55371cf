// More than the machine has processors: much of the time is spent waiting, for a cutoff to move on or an event to come around.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
