namespace Vaal.Cluster.Grains;

/// <summary>The only state that is no copy of a job's files: where the jobs' stores are. Who lost it opens them
/// again.</summary>
[GenerateSerializer]
internal sealed class JobListState
{
    [Id(0)]
    public Dictionary<string, string> Stores { get; set; } = [];
}

internal sealed class JobList(
    [PersistentState("jobs", JobList.Storage)] IPersistentState<JobListState> state) : Grain, IJobList
{
    public const string Storage = "vaal";

    public Task<IReadOnlyDictionary<string, string>> Stores() =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(state.State.Stores));

    public async Task<string?> Add(string job, string store)
    {
        if (state.State.Stores.TryGetValue(job, out var there)) return there == store ? null : there;
        state.State.Stores[job] = store;
        await Write();
        return null;
    }

    public async Task Remove(string job)
    {
        if (state.State.Stores.Remove(job)) await Write();
    }

    // of two activations that wrote at once, one must read again
    private async Task Write()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }
}
