using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>The workspace and what is known of it, for one request at a time.</summary>
internal sealed class LiveWorkspace(Workspace workspace) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Board _board = new();

    /// <summary>Told after something has changed.</summary>
    public event Action? Changed;

    public string Folder => workspace.Folder;
    public string Root => workspace.Root;

    /// <summary>Works with both, alone. What other processes have written is seen.</summary>
    public T With<T>(Func<Workspace, Board, T> work)
    {
        bool changed;
        T result;
        lock (_gate)
        {
            changed = _board.Sync(workspace);
            result = work(workspace, _board);
            changed |= _board.Sync(workspace);
        }
        if (changed) Changed?.Invoke();
        return result;
    }

    public void With(Action<Workspace, Board> work) => With((w, b) => { work(w, b); return 0; });

    public void Dispose() => workspace.Dispose();
}
