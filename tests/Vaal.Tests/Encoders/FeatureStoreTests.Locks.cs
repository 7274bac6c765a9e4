namespace Vaal.Tests.Encoders;

/// <summary>Locks that cannot be had.</summary>
public sealed partial class FeatureStoreTests
{
    /// <summary>A disk that is read-only or a link in a circle stays so: nobody waits an hour for it.</summary>
    [Fact]
    public void Store_LockThatCannotBeOpened_IsNotTakenForAnotherProcess()
    {
        Ten();
        using (Make()) { }
        Image("new.png", 1);
        File.Delete(_folder["features/features.lock"]);
        File.CreateSymbolicLink(_folder["features/features.lock"], "features.lock");
        var error = Assert.ThrowsAny<IOException>(() => Make(options: new() { Wait = TimeSpan.Zero }));
        Assert.Contains("features.lock", error.Message, StringComparison.Ordinal);
    }

    /// <summary>As <c>vaal init</c> does beside a server that makes the same features.</summary>
    [Fact]
    public void Store_WhileAnotherWrites_SaysSoAndWaits()
    {
        Ten();
        using (Make()) { }
        Image("new.png", 1);
        var held = new FileStream(_folder["features/features.lock"], FileMode.Open, FileAccess.ReadWrite,
            FileShare.None);
        var events = new List<TrainEvent>();
        using (Make(options: new() { Report = Heard, Threads = 1, Wait = TimeSpan.FromMinutes(1) })) { }
        Assert.Single(events, e => e.Phase == "waiting for another process that makes features");
        Assert.Equal("encoding images", events[^1].Phase);

        void Heard(TrainEvent e)
        {
            events.Add(e);
            held.Dispose();
        }
    }
}
