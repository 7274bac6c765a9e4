namespace Vaal.Cluster.Tests;

/// <summary>Jobs as the commands ask for them, on silos in this process.</summary>
public sealed class ClusterJobsTests(InProcess silos) : IClassFixture<InProcess>
{
    [Fact]
    public async Task CancelAndStatus_OfNoJob_SayThatThereIsNone()
    {
        using var tiny = new TinyJob(20, 5, name: "known");
        var (_, files) = tiny.Made("out");
        await Task.Run(() =>
        {
            using var jobs = new ClusterJobs(silos.Grains);
            const string none = "there is no job typo; 'vaal cluster status' lists all";
            Assert.Equal(none, Assert.Throws<InputException>(() => jobs.Cancel("typo")).Message);
            Assert.Equal(none, Assert.Throws<InputException>(() => jobs.Status("typo")).Message);
            Assert.Empty(jobs.Status());
            jobs.Start("known", files.Store.Address);
            jobs.Cancel("known");
            Assert.Equal(("known", "cancelled"), (jobs.Status("known")[0].Name, Assert.Single(jobs.Status()).State));
            // a bench that is stopped need not care whether the cluster has forgotten its job
            jobs.Stop("typo");
        });
    }
}
