namespace Vaal.Bench;

/// <summary>Random faults, and what has to be put right after them.</summary>
internal sealed class ClusterFaults(LocalCluster cluster, SmallDisk? disk, Random random) : IDisposable
{
    private const int Stopped = 20;

    private readonly List<Task> _cures = [];
    private readonly CancellationTokenSource _over = new();

    /// <summary>How many of each kind; the caller may empty it.</summary>
    public Dictionary<string, int> Done { get; } = [];

    public string Next()
    {
        var kinds = new List<string>
        {
            "worker killed", "worker killed", "silo killed", "worker stopped 20 s", "silo stopped 20 s",
            "redis killed",
        };
        if (disk is not null) kinds.Add("disk full");
        if (cluster.HasNamespace) kinds.Add("network cut");
        var kind = kinds[random.Next(kinds.Count)];
        Done[kind] = Done.GetValueOrDefault(kind) + 1;
        Do(kind);
        return kind;
    }

    public void Dispose()
    {
        _over.Cancel();
        Task.WaitAll([.. _cures]);
        _over.Dispose();
    }

    private void Do(string kind)
    {
        var member = One(kind.Split(' ')[0]);
        if (kind.EndsWith("killed", StringComparison.Ordinal)) cluster.Signal(member, "KILL");
        else if (kind.Contains("stopped", StringComparison.Ordinal))
        {
            var process = member.Process;
            cluster.Signal(member, "STOP");
            Later(Stopped, () => { if (member.Process == process) cluster.Signal(member, "CONT"); });
        }
        else if (kind == "disk full")
        {
            disk!.Fill();
            Later(6, disk.Free);
        }
        else
        {
            cluster.Cable(plugged: false);
            Later(15, () => cluster.Cable(plugged: true));
        }
    }

    private LocalCluster.Member One(string of)
    {
        var some = cluster.Members.Where(m => m.Name.StartsWith(of, StringComparison.Ordinal)).ToList();
        return some.Count == 0 ? cluster.Members[0] : some[random.Next(some.Count)];
    }

    private void Later(double seconds, Action cure) => _cures.Add(Task.Run(async () =>
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), _over.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cure();
    }));
}

/// <summary>A disk of its own that can be filled without harm to others; in memory.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    public static SmallDisk? Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return LocalCluster.Run("mount", ["-t", "tmpfs", "-o", "size=1500m", "vaal", folder],
                TimeSpan.FromSeconds(5)).ExitCode == 0 ? new(folder) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    public void Fill()
    {
        try
        {
            using var filler = File.Create(Path.Combine(_folder, "filler"));
            var block = new byte[1 << 20];
            while (true) filler.Write(block);
        }
        catch (IOException)
        {
            // full, as was wanted
        }
    }

    public void Free() => File.Delete(Path.Combine(_folder, "filler"));

    public void Dispose() =>
        LocalCluster.Run("umount", ["-l", _folder], TimeSpan.FromSeconds(5));
}
